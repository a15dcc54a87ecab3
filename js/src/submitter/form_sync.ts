/** The form's traits and messages (contract.ts). */
import type { AnyModel } from "@anywidget/types";
import { createSync, type Sync } from "../kernel/sync";
import type { Answer, Form, Request, SubmitterTraits } from "./contract";

const EMPTY_FORM: Form = {
  hpc: "",
  project: "",
  folder: "",
  command: "",
  tool: "",
  init_file: "",
  title: "",
  node_number: "",
  core_number: "",
  runtime: "",
  options: {},
  choice: { folder: "", include: [], exclude: [], include_secrets: [] },
};

export const FORM_NAMES = Object.keys(EMPTY_FORM) as readonly (keyof Form)[];

const EMPTY: SubmitterTraits = {
  ...EMPTY_FORM,
  systems: [],
  projects: {},
  connection: { label: "", user: "", state: "unknown", message: "" },
  quotas: {},
  folder_info: { state: "none", files: 0, size: 0, left_out: 0, message: "" },
  status: {
    step: "idle",
    message: "",
    busy: false,
    cancellable: false,
    done: 0,
    total: 0,
    outcome: "",
    headline: "",
    detail: "",
    next_look: 0,
    record: "",
    actions: [],
  },
  job: {},
  job_view: {},
  errors: {},
  warnings: {},
  records: [],
  known_at: "",
  saved_as: "",
  saved_bundle: {},
};

export interface FormSync extends Sync<SubmitterTraits, keyof Form, Request, Answer> {
  /** The whole form as it stands. */
  form(): Form;
}

export function createFormSync(model: AnyModel<SubmitterTraits>): FormSync {
  const sync = createSync<SubmitterTraits, keyof Form, Request, Answer>(model, {
    empty: EMPTY,
    edited: FORM_NAMES,
    kinds: ["hello", "reply", "listing", "review"],
  });
  const form = () =>
    Object.fromEntries(
      FORM_NAMES.map((name) => [name, sync.traits[name].value]),
    ) as unknown as Form;
  return { ...sync, form };
}
