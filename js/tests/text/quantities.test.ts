/** Numbers as they are read and written. */
import { describe, expect, it } from "vitest";
import table from "../../../tests/domain/format.json";
import * as quantities from "../../src/text/quantities";

const { grouped, readNumber, writeHours, writeLeft, writeQuota } = quantities;
const { writeBytes, writeCount, writeDone, writeSpan } = quantities;

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
    [4598.7, "4,599"],
    [100, "100"],
    [99.96, "100"],
    [0.54, "0.5"],
    [-1234.4, "-1,234"],
  ])("%d hours of a quota are %j", (hours, text) => {
    expect(writeQuota(hours)).toBe(text);
  });

  it.each([
    [4998.46, "4,998.5"],
    [0.54, "0.5"],
    [12, "12"],
  ])("%d hours left are %j", (hours, text) => {
    expect(writeLeft(hours)).toBe(text);
  });

  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [1234567, "1,234,567"],
    ["1234.5678", "1,234.5678"],
  ])("%j is grouped as %j", (digits, text) => {
    expect(grouped(digits)).toBe(text);
  });
});

/** The table that Python's words are tested by, too (tests/domain/test_format.py). */
describe("as in Python", () => {
  it.each(table.sizes as [number, string][])("%d bytes are %j", (bytes, text) => {
    expect(writeBytes(bytes)).toBe(text);
  });

  it.each(table.done as [number, number, string][])(
    "%d bytes of %d are %j",
    (done, total, text) => {
      expect(writeDone(done, total)).toBe(text);
    },
  );

  it.each(table.counts as [number, string, string][])("%d %ss are %j", (count, noun, text) => {
    expect(writeCount(count, noun)).toBe(text);
  });

  it.each(table.durations as [number, string][])("%d seconds are %j", (seconds, text) => {
    expect(writeSpan(1000 * seconds)).toBe(text);
  });
});
