/** What there is to say about a request: what went wrong, or what is known afterwards. */
export interface Notice {
  words: string;
  isBad: boolean;
}

export const QUIET: Notice = { words: "", isBad: false };
