/** What the view alone knows. None of it travels to Python. */
import { type Signal, signal } from "@preact/signals";
import type { FieldName, Listing } from "../contract";

/** The folder browser while it is open. */
export interface Browser {
  /** The folder that was asked for last. */
  path: string;
  /** What is shown: the last answer, or null before the first. */
  listing: Listing | null;
  loading: boolean;
  /** Why there is nothing new to show. */
  problem: string;
}

export interface ViewState {
  /** Numbers as typed ("2.0" is not "2" to the one who types), by "system/field". */
  typed: Signal<Readonly<Record<string, string>>>;
  /** "Other…" was chosen as the tool, and what was typed there. */
  otherTool: Signal<boolean>;
  otherToolId: string;
  browser: Signal<Browser | null>;
  /** From the click on Submit until Python has taken over; "slow" when that takes long. */
  handingOver: Signal<"" | "pending" | "slow">;
  cancelling: Signal<boolean>;
  /** One line at the footer and at the token: what went wrong with a request. */
  footNotice: Signal<string>;
  tokenNotice: Signal<string>;
  /** Focus is owed to the first wrong field, as errors follow a click on Submit. */
  focusOwed: boolean;
}

export function createState(): ViewState {
  return {
    typed: signal({}),
    otherTool: signal(false),
    otherToolId: "",
    browser: signal(null),
    handingOver: signal(""),
    cancelling: signal(false),
    footNotice: signal(""),
    tokenNotice: signal(""),
    focusOwed: false,
  };
}

/** In the order of the form: the first wrong one gets the focus. */
export const FORM_ORDER: readonly FieldName[] = [
  "hpc",
  "project",
  "folder",
  "title",
  "command",
  "tool",
  "init_file",
  "node_number",
  "core_number",
  "runtime",
];
