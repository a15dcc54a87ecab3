/** Panels in many states, on fake models, for pictures.mjs. */

import type { JobView } from "../../src/contract";
import view from "../../src/job_submitter";
import type {
  Action,
  RecordLine,
  Review,
  Status,
  SubmitterTraits,
} from "../../src/submitter/contract";
import { FakeModel, IDLE, listing, review, traits } from "../fake_model";

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const JOB: JobView = {
  job_id: "AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA",
  system: "Piz Daint",
  project: "bsp_pizdaint_01",
  title: "CA1 fit, 200 cells",
  runtime: "2 h",
  submitted: ago(5),
  ended: "",
  stage: "QUEUED",
  meaning: "Waiting for free nodes.",
  outcome: "",
  is_lost: false,
  stages: ["STAGINGIN", "READY", "QUEUED", "RUNNING", "STAGINGOUT", "SUCCESSFUL"],
  seen: [
    { stage: "STAGINGIN", at: ago(4.5) },
    { stage: "READY", at: ago(4) },
    { stage: "QUEUED", at: ago(3.2) },
  ],
  checked: ago(0),
  note: "",
};
const status = (changes: Partial<Status>): Partial<SubmitterTraits> => ({
  status: { ...IDLE, ...changes },
});
const accepted = status({ outcome: "accepted", headline: "Submitted. Piz Daint has your job." });

const RECORD = "nb-k3v7q2m5xw4tzp6a";
const AGAIN: Action = {
  kind: "again",
  label: "Submit again…",
  confirm:
    "If the service has taken the first one, there will be two jobs, and both use your quota. Submit a second time?",
};
const USE: Action = { kind: "use", label: "Use these settings again", confirm: "" };
const CHECK: Action = { kind: "look", label: "Check again", confirm: "" };
const line = (changes: Partial<RecordLine>): RecordLine => ({
  record: RECORD,
  title: "CA1 fit, 200 cells",
  system: "Piz Daint",
  at: ago(3),
  state: "accepted",
  words: "The service has the job.",
  job_id: JOB.job_id,
  actions: [USE],
  ...changes,
});

const SETS: Record<string, Partial<SubmitterTraits>[]> = {
  reconciling: [
    {
      ...status({
        step: "reconciling",
        outcome: "unconfirmed",
        headline: "We don't know yet whether the job was accepted.",
        detail:
          "The connection broke after everything was sent. Nothing will be sent again. Looking in your job list.",
        next_look: 15,
        record: RECORD,
        actions: [{ ...CHECK, label: "Look now" }, AGAIN],
      }),
      records: [
        line({ state: "unconfirmed", words: "Being looked for.", job_id: "", actions: [CHECK] }),
      ],
    },
  ],
  "unconfirmed-over": [
    status({
      step: "over",
      outcome: "unconfirmed",
      headline: "We don't know whether the job was accepted.",
      detail:
        "For 15 minutes the job did not show up in your job list. It may still come. Nothing was sent again.",
      record: RECORD,
      actions: [CHECK, AGAIN],
    }),
  ],
  repeat: [
    status({
      step: "over",
      outcome: "not_sent",
      headline: "Not submitted: the same files and settings were sent 3 minutes ago.",
      detail: `That was job ${JOB.job_id}. Nothing was sent now.`,
      record: RECORD,
      actions: [AGAIN, USE],
    }),
  ],
  records: [
    {
      records: [
        line({
          state: "unconfirmed",
          words: "Not known whether there is a job. It was looked for until 22:04.",
          job_id: "",
          actions: [CHECK, USE],
        }),
        line({
          record: "6",
          title: "The one that is asked about",
          at: ago(5),
          actions: [{ ...USE, confirm: "What the form holds now is replaced. Use them?" }],
        }),
        line({ record: "2", title: "Purkinje sweep 3/8", at: ago(60), words: "Running." }),
        line({
          record: "3",
          title: "purkinje_sweep_with_a_rather_long_name_that_nobody_would_type_2026-11-23_final_2",
          system: "NSG",
          at: ago(1500),
          state: "over",
          words: "The job ran to its end.",
          job_id: "NGBW-JOB-NEURON77_TG-F0E11B93D7A14A2E90F1C60A2A7B1F9A02",
        }),
        line({
          record: "4",
          title: "Too many nodes",
          at: ago(2900),
          state: "refused",
          words: "The service refused it: the project has no hours left. There is no job.",
          job_id: "",
        }),
        line({
          record: "5",
          title: "",
          at: "sometime",
          state: "prepared",
          words: "Packed, and not sent.",
          job_id: "",
          actions: [],
        }),
      ],
    },
  ],
  review: [{}, {}, {}],
  form: [{ ...accepted, job_view: JOB, job: { job_id: JOB.job_id, stage: "QUEUED" } }, {}],
  jobs: [
    {
      ...status({ outcome: "accepted", headline: "Done. The job ran to its end." }),
      hpc: "nsg",
      tool: "STRANGE_TG",
      init_file: "init.py",
      job: { jobid: "NGBW-JOB-PY_TG-0123456789ABCDEF", stage: "COMPLETED", results: [{ id: 1 }] },
      job_view: {
        ...JOB,
        job_id: "NGBW-JOB-PY_TG-0123456789ABCDEF",
        project: "bsp_nsg_01",
        stage: "COMPLETED",
        outcome: "succeeded",
        ended: ago(1),
        meaning: "The results are ready.",
        stages: ["QUEUE", "SUBMITTED", "COMPLETED"],
        seen: [
          { stage: "QUEUE", at: ago(4) },
          { stage: "WARP_DRIVE", at: ago(3) },
          { stage: "COMPLETED", at: ago(1) },
        ],
      },
    },
    {
      ...status({ outcome: "accepted", headline: "The job ran, and failed." }),
      job_view: {
        ...JOB,
        stage: "FAILED",
        outcome: "failed",
        seen: [...JOB.seen, { stage: "FAILED", at: ago(0) }],
        meaning: "The command ended with an error; see stderr.",
        note: "The last look failed, so this may be old.",
      },
    },
  ],
  "kernel-gone": [
    { ...accepted, job_view: JOB },
    status({
      busy: true,
      step: "sending",
      message: "Uploading 8.1 of 14.2 MB",
      done: 8.1,
      total: 14.2,
    }),
  ],
  trouble: [
    {
      ...status({
        busy: true,
        step: "sending",
        message: "Uploading 8.1 of 14.2 MB",
        done: 8.1,
        total: 14.2,
        detail: "The service may already have the job, so this cannot be taken back",
      }),
      hpc: "nsg",
      init_file: "init.py",
      errors: {
        init_file:
          "init.py is not in the folder. NSG starts this file; choose one of run.py, model.hoc.",
      },
      warnings: { core_number: "The service may refuse more than 24 cores per node." },
      connection: { label: "local service", user: "", state: "connected", message: "" },
    },
    {
      ...status({
        outcome: "unconfirmed",
        headline: "We don't know whether the job was accepted.",
        detail: "The connection broke after everything was sent. Nothing will be sent again.",
      }),
      connection: {
        label: "bspsa.cineca.it",
        user: "",
        state: "no_token",
        message: "There is no access token. Log in to EBRAINS, or paste one here.",
      },
      folder_info: { ...traits().folder_info, state: "counting" },
    },
    {
      ...status({
        outcome: "not_sent",
        headline: "Not submitted: your quota is too small.",
        detail:
          "The job asks for 2.0 h, about 0.5 h are left. No job was created and nothing was charged.",
      }),
      quotas: { "pizdaint/bsp_pizdaint_01": { hours_left: 0.54, hours: 5000 } },
      connection: {
        label: "bspsa.cineca.it",
        user: "",
        state: "offline",
        message: "The service does not answer.",
      },
    },
  ],
};

const set = document.body.dataset.set ?? "";
const shown = (SETS[set] ?? [{}]).map((changes) => {
  const model = new FakeModel(traits(changes));
  const el = document.body.appendChild(document.createElement("div"));
  view.render({ model: model.asModel(), el });
  model.answer(model.wake());
  return { model, el };
});
const click = (el: HTMLElement, words: string) =>
  [...el.querySelectorAll("button")].find((button) => button.textContent === words)?.click();

if (set === "kernel-gone") for (const { model } of shown) model.die();

const second = shown[1];
if (set === "form" && second) {
  click(second.el, "Browse…");
  second.model.answer(
    listing(second.model.last("browse").id, {
      path: "projects/hippocampus",
      parent: "projects",
      folders: ["ca1-fitting", "ca3-network", "morphologies"].map((name) => ({ name, path: name })),
      files: [
        { name: "README.md", size: 2_140 },
        { name: "tutorial.ipynb", size: 1_348_000 },
      ],
      more: true,
    }),
  );
}
if (set === "review") showReviews();
if (set === "repeat" && shown[0]) click(shown[0].el, "Submit again…");
for (const list of document.querySelectorAll("details")) list.open = set === "records";
if (set === "records") document.querySelectorAll<HTMLElement>("[data-kind=use]")[1]?.click();
if (set === "jobs" && shown[0]) click(shown[0].el, "JSON");

if (set === "timing" && shown[0]) {
  const select = shown[0].el.querySelector("select") as HTMLSelectElement;
  const times: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    select.value = round % 2 ? "pizdaint" : "nsg";
    const start = performance.now();
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve)); // Preact renders before this
    document.body.getBoundingClientRect(); // style and layout
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const output = document.body.appendChild(document.createElement("output"));
  output.textContent = `system change, rendered and laid out: median ${times[10]?.toFixed(1)} ms, worst ${times[19]?.toFixed(1)} ms`;
}

/** As it opens; with problems, asking about a secret; filtered, the biggest first. */
async function showReviews() {
  const folders = Array.from({ length: 40 }, (_, cell) => `morphologies/cell_${cell}`);
  const many = folders.flatMap((folder): [string, number][] =>
    ["soma.swc", "a_rather_long_name_of_a_dendrite_that_has_no_room_in_a_narrow_panel.swc"].map(
      (name, index) => [`${folder}/${name}`, 48_000 * (index + 1)],
    ),
  );
  const left_out: Review["left_out"] = [
    { path: ".git/", reason: "version control", size: null, may: "yes", by_user: false },
    { path: ".env", reason: "looks like a secret", size: 210, may: "ask", by_user: false },
    {
      path: "data/huge.h5",
      reason: "excluded by you",
      size: 734_000_000,
      may: "yes",
      by_user: true,
    },
    {
      path: "data/run.log",
      reason: "ignored by .gitignore",
      size: 15_200,
      may: "yes",
      by_user: false,
    },
    {
      path: "nb-k3v7q2m5xw4tzp6a.json",
      reason: "a submission's record",
      size: 900,
      may: "no",
      by_user: false,
    },
  ];
  const found: Partial<Review> = {
    files: [...many, ["data/spikes.csv", 9_100_000], ["fit_cells.py", 12_400], ["init.py", 800]],
    left_out,
    estimate: 5_100_000,
  };
  const problems: Partial<Review> = {
    ...found,
    files: [
      ["data/spikes.csv", 9_100_000],
      ["fit_cells.py", 12_400],
    ],
    stuck: [
      { path: "data/locked.bin", reason: "cannot be read: Permission denied" },
      {
        path: "models\\\\win.mod",
        reason: "a backslash in its name, which unzip takes for a folder",
      },
    ],
    warnings: ["The command names run.sh, and there is no such file among those that travel."],
  };
  for (const [index, one] of [found, problems, found].entries()) {
    const panel = shown[index];
    if (!panel) continue;
    click(panel.el, "Review");
    panel.model.answer(review(panel.model.last("review").id, one));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const rows = () => [...panel.el.querySelectorAll<HTMLElement>("[role=treeitem]")];
    if (index === 1)
      rows()
        .find((row) => row.title.startsWith(".env"))
        ?.click();
    if (index !== 2) continue;
    const order = panel.el.querySelector<HTMLSelectElement>("[aria-label=Show]");
    if (order) order.value = "biggest";
    order?.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
