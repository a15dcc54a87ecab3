/** Moments in the reader's own time. */
import { describe, expect, it } from "vitest";
import { readMoment, writeClock, writeDay, writeExact, writeMoment } from "../../src/text/dates";

/** Local time, so that the words are the same in every zone. */
const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute);
const NOW = at(25, 22, 0).getTime();

describe("a moment", () => {
  it.each([
    ["2026-11-25T21:40:00+01:00", "2026-11-25T20:40:00.000Z"],
    ["2026-11-25 20:40:00Z", "2026-11-25T20:40:00.000Z"],
    ["2026-11-25T20:40Z", "2026-11-25T20:40:00.000Z"],
  ])("is read from %j", (text, iso) => {
    expect(readMoment(text)?.toISOString()).toBe(iso);
  });

  it.each([
    "",
    "yesterday",
    "2026-11-25",
    "25.11.2026 20:40",
    "2026-13-45T99:99",
    "20261125T204000",
  ])("is not read from %j", (text) => {
    expect(readMoment(text)).toBeNull();
  });

  it("has a clock of 24 hours", () => {
    expect(writeClock(at(25, 0, 5))).toMatch(/^00:05$/);
    expect(writeClock(at(25, 22, 40))).toBe("22:40");
  });

  it("says its day and time, and to be exact its seconds and zone", () => {
    expect(writeMoment(at(25, 22, 40))).toMatch(/2026.*22:40|22:40.*2026/);
    expect(writeExact(at(25, 22, 40))).toMatch(/22:40:00/);
    expect(writeExact(at(25, 22, 40)).length).toBeGreaterThan(writeMoment(at(25, 22, 40)).length);
  });
});

describe("a day, seen from tonight", () => {
  it.each([
    [at(25, 0, 1), "today 00:01"],
    [at(24, 23, 59), "yesterday 23:59"],
    [at(26, 1, 0), /^(?!today|yesterday).*01:00$/],
    [at(20, 21, 5), /20.*, 21:05$/],
  ])("%s is %s", (moment, words) => {
    expect(writeDay(moment, NOW)).toMatch(words);
  });

  it("of another year has the year and no time", () => {
    const words = writeDay(new Date(2025, 10, 25, 21, 5), NOW);
    expect(words).toContain("2025");
    expect(words).not.toContain("21:05");
  });

  it("that is one by the calendar, and not by 24 hours", () => {
    expect(writeDay(at(24, 23, 0), at(25, 1, 0).getTime())).toBe("yesterday 23:00");
  });
});
