/** Monitors in many states, on fake models, for pictures.mjs. */
import view from "../../src/job_monitor";
import type { Details, JobRow, Log, MonitorTraits, Run } from "../../src/monitor/contract";
import type { ResultFile } from "../../src/monitor/results/contract";
import {
  ago,
  DONE,
  details,
  FAILED,
  file,
  files,
  LIVE,
  log,
  MonitorModel,
  manyRows,
  preview,
  RUNNING,
  row,
  traits,
  viewOf,
} from "../fake_jobs";

const set = document.body.dataset.set ?? "";
const pause = (ms = 20) => new Promise((resolve) => setTimeout(resolve, ms));

/** A monitor whose kernel has told of these rows. */
async function show(rows: JobRow[] | null, changes: Partial<MonitorTraits> = {}) {
  const model = new MonitorModel(traits(changes));
  const el = document.body.appendChild(document.createElement("div"));
  view.render({ model: model.asModel(), el });
  if (rows) {
    model.answer(model.wake());
    await pause();
    model.answer({ kind: "rows", id: model.newest("rows").id, revision: 1, rows });
    await pause();
  }
  const click = async (words: string | RegExp) => {
    const found = [...el.querySelectorAll<HTMLElement>("button, summary, tr")].find((one) => {
      const text = one.getAttribute("aria-label") ?? one.textContent ?? "";
      return typeof words === "string" ? text === words : words.test(text);
    });
    found?.click();
    await pause();
  };
  return { model, el, click };
}

async function open(one: JobRow, more: Partial<Details> = {}, rows = ROWS) {
  const shown = await show(rows);
  await shown.click(new RegExp(one.title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  shown.model.answer(details(shown.model.newest("open").id, one, more));
  await pause();
  return shown;
}

const ROWS = [
  RUNNING,
  row({
    job_id: "B0C1D39A-1111-4FE3-9F84-0EAEB4CC11BB",
    title: "purkinje_sweep_with_a_rather_long_name_that_nobody_would_type_2026-11-23_final_2",
    stage: "QUEUED",
    meaning: "Waiting for free nodes.",
    since: ago(200),
    submitted: ago(201),
    used: null,
    running_since: "",
  }),
  FAILED,
  DONE,
  row({
    ...DONE,
    key: "x",
    job_id: "NGBW-JOB-NEURON77_TG-F0E11B93D7A14A2E90F1C60A2A7B1F9A02",
    title: "Axon, passive",
    stage: "CANCELLED",
    meaning: "You cancelled it.",
    outcome: "cancelled",
    submitted: ago(1_700),
    used: 0,
  }),
  row({
    job_id: "B0C1D39A-2222",
    title: "",
    stage: "WARP_DRIVE",
    meaning: "",
    note: "The last look at it failed: the service does not answer.",
    since: "",
    submitted: ago(60 * 24 * 9),
    running_since: "",
    used: null,
    asked: null,
  }),
];
const CAUSE: Details["cause"] = {
  headline: "A Python module was missing.",
  detail: "STDERR ends with a ModuleNotFoundError.",
  advice: "Put the package into the folder, or choose a tool that has it.",
  rule: "module not found",
  evidence: "ModuleNotFoundError: No module named 'efel'",
};
const PYTHON = 'from bspsa_widgets import JobSubmitter\n\npanel = JobSubmitter(hpc="nsg")\n';
const RECORD: Details["record"] = {
  record: "nb-k3v7q2m5xw4tzp6a",
  notebook: "sweep.ipynb",
  endpoint: "https://bspsa.cineca.it",
  began: ago(186),
  words: "The service has the job.",
  settings: [
    { label: "Folder", value: "models/purkinje-sweep" },
    { label: "System", value: "NSG — Neuroscience Gateway" },
    { label: "Tool", value: "Python (PY_TG)" },
    { label: "Main file", value: "run.py" },
    { label: "Nodes × cores", value: "1 × 4" },
    { label: "Runtime", value: "0.5 h" },
    { label: "Command", value: "unzip -q {archive} && cd {folder}\nsrun python fit_cells.py" },
    { label: "Excluded", value: ".git/, data/huge.h5" },
  ],
  python: PYTHON,
};
const plain = (...texts: string[]): Run[][] => texts.map((text) => [[text, ""]]);
const FAILED_LOG: Partial<Log> = {
  stream: "stderr",
  file: "STDERR",
  lines: [
    ...plain(
      "numprocs=1",
      "Traceback (most recent call last):",
      '  File "run.py", line 4, in <module>',
    ),
    ...plain("    import efel"),
    [
      ["ModuleNotFoundError", "bold red"],
      [": No module named 'efel'", ""],
    ],
  ],
  size: 148,
};
const INKS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const RUNNING_LOG: Partial<Log> = {
  lines: [
    ...plain(
      ...Array.from({ length: 988 }, (_, index) => `t = ${index} ms   Vm = -65.${index % 97} mV`),
    ),
    ...["", "bright-"].map((bright): Run[] =>
      INKS.flatMap((ink): Run[] => [
        [`${bright}${ink}`, `${bright}${ink}`],
        [" ", ""],
      ]),
    ),
    INKS.flatMap((ink): Run[] => [
      [ink, `on-${ink}`],
      [" ", ""],
    ]),
    INKS.map((ink): Run => [`${ink} `, `${ink} on-white`]),
    INKS.map((ink): Run => [`${ink} `, `${ink} on-red`]),
    [
      ["bold", "bold"],
      [" ", ""],
      ["dim", "dim"],
      [" ", ""],
      ["italic", "italic"],
      [" ", ""],
      ["underline", "underline"],
      [" ", ""],
      ["bold green", "bold green"],
    ],
    ...plain(
      "100%|██████████| 200/200 [00:41<00:00,  4.81it/s]",
      `<b>not bold</b> &amp; a very long line: ${"0123456789 ".repeat(20)}`,
    ),
  ],
  first: 4_001,
  size: 1_480_000,
  is_complete: false,
  note: "",
};

const LIST: ResultFile[] = [
  file("stdout", { state: "here", path: "results/ca1-fit-B4CC94AA/stdout" }),
  file("stderr", { size: 148, state: "changed" }),
  file("traces.csv", { size: 8_123_456, preview: "table" }),
  file("fitted_parameters_of_all_cells_with_a_long_name_and_their_confidence_intervals.json", {
    size: 42_000,
    preview: "json",
    state: "other",
  }),
  file("figure_1.png", { size: 51_000, preview: "image" }),
  file("output.tar.gz", { size: 104_000_000, state: "here", preview: "", unpacks: true }),
  file("core.2811", { size: null, preview: "" }),
];

async function showFiles() {
  const fetching = await open(DONE);
  await fetching.click("Files");
  fetching.model.answer(
    files(fetching.model.newest("files").id, LIST, {
      notes: ["NSG cuts names after 100 characters; such a file is tried by its whole name."],
    }),
  );
  await pause();
  await fetching.click("Preview traces.csv");
  fetching.model.answer(
    preview(fetching.model.newest("preview").id, {
      name: "traces.csv",
      what: "table",
      header: ["t", "soma", "dend[3]", "spikes", "comment"],
      rows: Array.from({ length: 30 }, (_, index) => [
        String(index * 0.025),
        (-65 + Math.sin(index)).toFixed(3),
        (-64 + Math.cos(index)).toFixed(3),
        String(index % 3),
        index === 2 ? "<script>alert(1)</script> is text" : "",
      ]),
      is_cut: true,
      note: "The first 30 of 320 000 rows.",
    }),
  );
  await pause();
  await fetching.click("Download all (112.2 MB)");
  for (const box of [...fetching.el.querySelectorAll<HTMLElement>("button")])
    if (box.textContent?.startsWith("Download all")) box.click();
  await pause();
  fetching.model.answer({
    kind: "downloading",
    waits: "",
    id: "",
    key: DONE.key,
    name: "traces.csv",
    done: 3_100_000,
    total: 8_123_456,
    number: 3,
    count: 7,
  });
  await pause();

  const over = await open(DONE);
  await over.click("Files");
  over.model.answer(files(over.model.newest("files").id, LIST));
  await pause();
  for (const name of ["stdout", "stderr"])
    for (const label of over.el.querySelectorAll<HTMLElement>("label"))
      if (label.textContent === name) label.click();
  await pause();
  await over.click("Unpack output.tar.gz");
  over.model.answer({
    kind: "unpacked",
    id: over.model.newest("unpack").id,
    folder: "results/sweep-1F9A02/output",
    files: 32,
    size: 204_000_000,
    note: "",
    error: "",
  });
  await over.click(/^Download 2 chosen/);
  over.model.answer({
    kind: "downloaded",
    id: over.model.newest("download").id,
    came: [
      { name: "stdout", path: "results/ca1-fit-B4CC94AA/stdout", size: 1200, verified: false },
    ],
    kept: [],
    left: [
      { name: "stderr", reason: "it was changed here since it was downloaded", may_replace: true },
    ],
    skipped: [{ name: "core/", reason: "a folder" }],
    stopped: false,
    error: "",
  });
  await pause();
  over.model.answer(files(over.model.newest("files").id, LIST));
}

async function showPreviews() {
  const canvas = document.createElement("canvas");
  canvas.width = 480;
  canvas.height = 200;
  const ink = canvas.getContext("2d");
  if (ink) {
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, 480, 200);
    ink.strokeStyle = "#1976d2";
    ink.lineWidth = 2;
    for (let x = 0; x < 480; x += 1)
      ink.lineTo(x, 100 - 70 * Math.sin(x / 20) * Math.exp(-x / 300));
    ink.stroke();
  }
  const image = canvas.toDataURL("image/png").split(",")[1] ?? "";
  for (const content of [
    { name: "figure_1.png", what: "image", image, mime: "image/png" },
    {
      name: "traces.csv",
      what: "json",
      text: '{\n  "gbar_na": 0.12,\n  "html": "<b>not bold</b>"\n}',
    },
    {
      name: "traces.csv",
      what: "notebook",
      cells: [
        { kind: "markdown", source: "# The f–I curve\n\nNot rendered: **as typed**.", outputs: [] },
        {
          kind: "code",
          source: "from neuron import h\nplot(currents, rates)",
          outputs: [
            { text: "fitted 8 of 8 cells", image: "" },
            { text: "", image },
          ],
        },
      ],
    },
  ] as const) {
    const one = await open(DONE, {}, [DONE]);
    await one.click("Files");
    one.model.answer(files(one.model.newest("files").id, LIST));
    await pause();
    await one.click(`Preview ${content.name}`);
    one.model.answer(preview(one.model.newest("preview").id, content as never));
    await pause();
  }
}

const SHOW: Record<string, () => Promise<unknown>> = {
  table: () => show(ROWS),
  "output-failed": async () => {
    const failed = await open(FAILED, { cause: CAUSE, record: RECORD });
    failed.model.answer(log(failed.model.newest("log").id, FAILED, FAILED_LOG));
  },
  "output-running": async () => {
    const running = await open(RUNNING);
    await running.click("Output");
    running.model.answer(log(running.model.newest("log").id, RUNNING, RUNNING_LOG));
  },
  overview: async () => {
    const running = await open(RUNNING, {
      view: viewOf(RUNNING, {
        seen: [
          { stage: "READY", at: ago(80) },
          { stage: "QUEUED", at: ago(70) },
          { stage: "RUNNING", at: ago(14) },
        ],
        stages: ["READY", "QUEUED", "RUNNING", "STAGINGOUT", "SUCCESSFUL"],
      }),
      input: { state: "arrived", words: "The input file has arrived: ca1-fitting.zip, 5.1 MB." },
    });
    await running.click("JSON");
    await running.click(/^Hours left/);
  },
  files: showFiles,
  "files-many": async () => {
    const many = await open(DONE, {}, [DONE]);
    await many.click("Files");
    const states = ["here", "", "changed", "other"] as const;
    const list = Array.from({ length: 2_000 }, (_, index) => ({
      ...file(
        `${index % 7 ? "" : "a longer name than there is room for, whatever the width/"}out-${index}.txt`,
      ),
      size: index * 31_337,
      state: states[index % 11] ?? "here",
      unpacks: index % 5 === 0,
    }));
    many.model.answer(files(many.model.newest("files").id, list));
    await pause(50);
    const box = many.el.querySelector(".b-file-list");
    if (box) box.scrollTop = 20_005;
    await pause(50);
  },
  previews: showPreviews,
  record: async () => {
    const failed = await open(FAILED, { record: RECORD });
    await failed.click("Record");
  },
  ask: async () => {
    const running = await open(RUNNING);
    await running.click("Cancel job…");
  },
  empty: async () => {
    await show([], { condition: { ...LIVE, checked: ago(0.1) }, quotas: {} });
    await show([], {
      connection: {
        label: "bspsa.cineca.it",
        user: "",
        state: "no_token",
        message: "There is no access token. Log in to EBRAINS, or paste one here.",
      },
      condition: { ...LIVE, state: "failed", message: "There is no access token." },
      quotas: {},
    });
    await show(ROWS.slice(0, 1), {
      condition: {
        ...LIVE,
        checked: ago(0.1),
        message: "A function given to on_done: something went wrong (KeyError); see the log.",
      },
    });
    await show(ROWS.slice(0, 2), {
      condition: {
        ...LIVE,
        state: "old",
        message: "Looked 3 times; looking again in 40 s.",
        checked: ago(9),
        failed: [{ system: "NSG", words: "The service answers with an error of its own (500)." }],
      },
    });
    await show(null, { condition: { ...LIVE, state: "loading" } });
  },
  odd: async () => {
    document.documentElement.dir = "rtl"; // a page that is read from right to left
    const odd = row({ title: "CA1 fit שלום ".repeat(800), project: "פרויקט" });
    const shown = await open(odd, {}, [odd, ...ROWS]);
    await shown.click("Overview");
  },
  silent: async () => {
    await show(null, { saved: { at: ago(40), rows: ROWS } });
  },
  gone: async () => {
    const { model } = await open(RUNNING);
    model.die();
  },
  many: async () => {
    const many = await show(manyRows(10_000));
    const box = many.el.querySelector(".b-scroll");
    if (box) box.scrollTop = 200_000;
    await pause(50);
  },
};

await SHOW[set]?.();
scrollTo(0, 0); // a question that took the focus has scrolled the page
