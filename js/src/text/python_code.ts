/** The form as Python code that builds the same form again. */
import type { FieldSpec, SystemSpec, Value } from "../contract";
import { choiceFor } from "../review/choosing";
import type { Form } from "../submitter/contract";
import { fieldsFor, fieldValue, isNamed } from "../submitter/fields";
import { writeHours } from "./quantities";

/** What a reader would not see, or not see in its place (also text that reverses its direction). */
export const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;

/** A Python string literal of this text. JSON's escapes are all Python's, too. */
export function pythonString(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code > 0xffff ? `\\U${digits.padStart(8, "0")}` : `\\u${digits.padStart(4, "0")}`;
  });
}

export function pythonCode(form: Form, system: SystemSpec | undefined): string {
  const lines = [`hpc=${pythonString(form.hpc)},`];
  if (form.project) lines.push(`project=${pythonString(form.project)},`);
  lines.push(`folder=${pythonString(form.folder)},`);
  const choice = choiceFor(form.choice, form.folder);
  for (const name of ["include", "exclude", "include_secrets"] as const) {
    if (choice[name].length > 0) lines.push(`${name}=${pythonList(choice[name])},`);
  }
  const options: string[] = [];
  for (const field of fieldsFor(system, form.tool)) {
    const value = pythonValue(
      fieldValue((name) => form[name], field),
      field,
    );
    if (isNamed(field.name)) lines.push(`${field.name}=${value},`);
    else options.push(`        ${pythonString(field.name)}: ${value},\n`);
  }
  if (options.length > 0) lines.push(`options={\n${options.join("")}    },`);
  const body = lines.map((line) => `    ${line}\n`).join("");
  return `from bspsa_widgets import JobSubmitter\n\npanel = JobSubmitter(\n${body})\njob = await panel.submit()\n`;
}

function pythonList(texts: readonly string[]): string {
  if (texts.length === 1) return `[${texts.map(pythonString)}]`;
  const lines = texts.map((text) => `        ${pythonString(text)},\n`).join("");
  return `[\n${lines}    ]`;
}

function pythonValue(value: Value, field: FieldSpec): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return field.kind === "number" ? writeHours(value) : String(value);
  const lines = value.match(/[^\n]*\n|[^\n]+$/g) ?? [""];
  if (lines.length === 1) return pythonString(value);
  const parts = lines.map((line) => `        ${pythonString(line)}\n`).join("");
  return `(\n${parts}    )`;
}
