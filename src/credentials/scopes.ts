import { z } from 'zod';

/** What may be done through the page and the interfaces, and what each allows. Every right is one of these. */
export const scopes = {
  status: 'how the device is: its machines, its health, what it decided, without names',
  names: 'who is known, who was decided on, and when they are let in',
  live: 'what the camera sees and the microphone hears, now',
  kiosk: 'what the kiosk at the door shows: the picture, and who is greeted',
  recognise: 'send a picture or a recording, and learn who that is',
  people: 'enrol, change and erase people',
  operate: 'lead the device out of its state safe, calibrate, begin anew',
  test: 'put people, sound and faults before a device whose test doors are open',
} as const;

export type Scope = keyof typeof scopes;

// Object.keys gives strings; these are the keys of the object above.
export const scopeNames = Object.keys(scopes) as readonly Scope[];
export const scopeSchema = z.enum(scopeNames);

/** What people who sign in may do, the least first. */
export const roles = {
  viewer: ['status', 'names', 'live', 'kiosk'],
  operator: ['status', 'names', 'live', 'kiosk', 'recognise', 'people'],
  admin: scopeNames,
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

export type Role = keyof typeof roles;

export const roleNames = Object.keys(roles) as readonly Role[];
export const roleSchema = z.enum(roleNames);

/** Somebody who asks for something: a person who signed in, or a program with a token. */
export interface Asker {
  /** As the journal names them. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}
