/** How a job ended, in a word. */
export const OUTCOMES: Readonly<Record<string, string>> = {
  succeeded: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};
