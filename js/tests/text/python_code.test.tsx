import { execFileSync } from "node:child_process";
import { fireEvent } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { pythonCode, pythonString } from "../../src/text/python_code";
import { SYSTEMS, traits } from "../fake_model";
import { settled, show } from "../show";

const HOSTILE = [
  "plain",
  `quotes " and ' and """ and '''`,
  "back\\slash \\n \\N{DASH} {x} %s",
  "lines\nand\r\nothers\ttab",
  "\u0000\u0007\u001b[31m\u007f\u0085\u2028\u2029",
  "\u202egnp.\u2066hidden\ufeff\u200b",
  "ümläut 神経 🧠 \u{e0041}",
  `"); import os; os.system("true"); ("`,
];

describe("a Python string", () => {
  it("means the same to Python, and shows nothing unseen", () => {
    const literals = HOSTILE.map(pythonString);
    const script =
      "import ast,json,sys; print(json.dumps([ast.literal_eval(s) for s in json.load(sys.stdin)]))";
    const input = JSON.stringify(literals);
    const read = execFileSync("python3", ["-c", script], { input, encoding: "utf8" });
    expect(JSON.parse(read)).toEqual(HOSTILE);
    for (const literal of literals) expect(literal).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});

describe("the form as Python", () => {
  it("names what the system has, and numbers as numbers", () => {
    expect(pythonCode(traits({ project: "p'1", node_number: "two" }), SYSTEMS[0])).toBe(
      [
        "from bspsa_widgets import JobSubmitter",
        "",
        "panel = JobSubmitter(",
        '    hpc="pizdaint",',
        `    project="p'1",`,
        '    folder="ca1-fitting",',
        "    command=(",
        '        "unzip -q {archive} && cd {folder}\\n"',
        '        "srun python fit_cells.py --cells 200"',
        "    ),",
        '    title="CA1 fit, 200 cells",',
        '    node_number="two",',
        "    core_number=12,",
        "    runtime=2.0,",
        ")",
        "job = await panel.submit()",
        "",
      ].join("\n"),
    );
    const other = pythonCode(traits({ hpc: "nsg" }), SYSTEMS[1]);
    expect(other).toContain('tool="PY_TG"');
    expect(other).not.toContain("command");
  });
});

describe("the choice of files as Python", () => {
  const choice = {
    folder: "ca1-fitting",
    include: ["old/", 'a"b.csv'],
    exclude: ["x.log"],
    include_secrets: [],
  };

  it("stands beside the folder, where there is one", () => {
    const lines = pythonCode(traits({ choice }), SYSTEMS[0]).split("\n");
    const at = lines.indexOf('    folder="ca1-fitting",');
    expect(lines.slice(at + 1, at + 6)).toEqual([
      "    include=[",
      '        "old/",',
      '        "a\\"b.csv",',
      "    ],",
      '    exclude=["x.log"],',
    ]);
    expect(lines.join()).not.toContain("include_secrets");
  });

  it("does not name that of another folder", () => {
    expect(pythonCode(traits({ choice, folder: "other" }), SYSTEMS[0])).not.toContain("clude");
  });
});

describe("Copy as Python", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("copies, and says so", async () => {
    const writeText = vi.fn(async () => {});
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    const { button, page } = show();
    fireEvent.click(button("Copy as Python"));
    await settled();
    expect(writeText).toHaveBeenCalledWith(pythonCode(traits(), SYSTEMS[0]));
    expect(page.getByRole("status").textContent).toBe("Copied as Python.");
  });

  it("shows the code where the page may not copy", async () => {
    vi.stubGlobal("navigator", {});
    const { button, field, page } = show();
    fireEvent.click(button("Copy as Python"));
    await settled();
    expect(field("Code to copy by hand").value).toBe(pythonCode(traits(), SYSTEMS[0]));
    fireEvent.click(button("Hide"));
    expect(page.queryByLabelText("Code to copy by hand")).toBeNull();
  });
});
