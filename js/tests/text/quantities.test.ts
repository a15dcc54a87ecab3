/** Numbers as they are read and written. */
import { describe, expect, it } from "vitest";
import * as quantities from "../../src/text/quantities";

const { grouped, readNumber, writeBytes, writeHours, writeLeft, writeQuota, writeSpan } =
  quantities;
/** With plain spaces. */
const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("what is typed", () => {
  it.each([
    ["2", 2],
    [" 2.50 ", 2.5],
    [".5", 0.5],
    ["-1", -1],
    ["2.", 2],
  ])("%j is the number %d", (text, value) => {
    expect(readNumber(text)).toBe(value);
  });

  it.each([
    "",
    " ",
    "2,5",
    "1e3",
    "0x10",
    "two",
    "1 000",
    "Infinity",
    "NaN",
    "9".repeat(17),
    "--1",
  ])("%j stays text, for Python to say what is wrong with it", (text) => {
    expect(readNumber(text)).toBe(text);
  });
});

describe("what is written", () => {
  it.each([
    [2, "2.0"],
    [0.25, "0.25"],
    [0, "0.0"],
  ])("%d hours of a form are %j", (hours, text) => {
    expect(writeHours(hours)).toBe(text);
  });

  it.each([
    [4598.7, "4 599"],
    [100, "100"],
    [99.96, "100"],
    [0.54, "0.5"],
    [-1234.4, "-1 234"],
  ])("%d hours of a quota are %j", (hours, text) => {
    expect(plain(writeQuota(hours))).toBe(text);
  });

  it.each([
    [4998.46, "4 998.5"],
    [0.54, "0.5"],
    [12, "12"],
  ])("%d hours left are %j", (hours, text) => {
    expect(plain(writeLeft(hours))).toBe(text);
  });

  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1 000"],
    [1234567, "1 234 567"],
    ["1234.5678", "1 234.5678"],
  ])("%j is grouped as %j", (digits, text) => {
    expect(plain(grouped(digits))).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [999_400, "999 kB"],
    [14_200_000, "14.2 MB"],
    [1_234_000_000, "1.23 GB"],
  ])("%d bytes are %j", (bytes, text) => {
    expect(writeBytes(bytes)).toBe(text);
  });

  it.each([
    [-5, "0 s"],
    [12_900, "12 s"],
    [60_000, "1 min"],
    [3_900_000, "1 h 05 min"],
    [183_600_000, "2 d 3 h"],
  ])("%d milliseconds are %j", (ms, text) => {
    expect(writeSpan(ms)).toBe(text);
  });
});
