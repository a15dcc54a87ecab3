import { defineConfig } from "vitest/config";

// A page is made for what needs one: components, and files that ask for it by `@vitest-environment`.
export default defineConfig({
  test: {
    pool: "threads",
    projects: [
      { test: { name: "logic", environment: "node", include: ["tests/**/*.test.ts"] } },
      { test: { name: "view", environment: "happy-dom", include: ["tests/**/*.test.tsx"] } },
    ],
  },
});
