import type { Answer, Ask, RequestName } from '../requests.ts';
import { post } from './post.ts';

/** What was asked was not done; the message is the device's own, in English. */
export class AskError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks the device. Rejects with AskError where it does not do it, TypeError where it cannot be reached. */
export async function ask<Name extends RequestName>(name: Name, body: Ask<Name>): Promise<Answer<Name>> {
  const response = await post(`/ask/${name}`, body);
  if (!response.ok) throw new AskError(response.status, (await response.text()).trim());
  return await response.json(); // from the server that this script came from
}
