/** What stands before the last `@` of a URL: user and password. Rather too much than too little. */
const credentials = /([a-z][a-z0-9+.-]*:\/\/)[^\s'"]*@/gi;

/** Cameras also take the password as a parameter: `?password=…`, `user=admin_password=…`. */
const secretParameter = /((?:password|passwd|pass|pwd|token|secret|key)=)[^&\s'"_]+/gi;

/** `text` with the credentials of every URL in it replaced by `***`, so that it can be shown and logged. */
export function withoutPasswords(text: string): string {
  return text.replace(credentials, '$1***@').replace(secretParameter, '$1***');
}
