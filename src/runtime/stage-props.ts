/** The pictures and recordings that there are, by name; null where none are needed. */
export interface StageProps {
  readonly pictures: ReadonlySet<string> | null;
  readonly clips: ReadonlySet<string> | null;
}
