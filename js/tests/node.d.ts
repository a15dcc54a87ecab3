/** The little of Node.js that tests use; the view itself knows only the browser. */
declare module "node:child_process" {
  export function execFileSync(
    file: string,
    args: string[],
    options: { input: string; encoding: "utf8" },
  ): string;
}
