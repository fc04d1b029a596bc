// The page's address: it holds an experiment of either exercise, and nothing that is not allowed.

import { describe, expect, test } from "vitest";
import { readAddress, writeAddress } from "../../demo/address.js";
import { defaults } from "../../demo/defaults.js";
import { differences, exercises, type Settings } from "../../demo/settings.js";

const visit = { power: "middle", language: "ko" } as const;

describe("the address", () => {
  test.each(exercises)("%s: what is written is read", (exercise) => {
    const settings: Settings = {
      ...defaults(exercise, visit),
      languages: "en-de-tr",
      directions: "forward",
      name: "kuş & köpek",
      prompt: "a=b\n",
      clip: Number.POSITIVE_INFINITY,
    };
    const { given, tongue } = readAddress(writeAddress(settings, "ko"));
    expect(tongue).toBe("ko");
    const read = { ...defaults(exercise, visit), ...given };
    expect(differences(read, settings)).toEqual([]);
    expect(read.clip).toBe(settings.clip);
    const own =
      exercise === "writing" ? (["prompt"] as const) : (["name", "languages", "directions"] as const);
    expect(own.map((key) => read[key])).toEqual(own.map((key) => settings[key]));
  });

  test("an exercise leaves out what is the other's", () => {
    expect(writeAddress({ ...defaults("writing", visit), name: "x" }, undefined)).not.toMatch(
      /languages|name=/,
    );
    expect(writeAddress({ ...defaults("languages", visit), prompt: "x" }, undefined)).not.toMatch(
      /text|prompt/,
    );
  });

  test.each(["languages=en", "languages=en-en", "languages=en-ja", "languages=", "exercise=chess"])(
    "%s is passed over",
    (word) => expect(readAddress(`#${word}`).given).toEqual({}),
  );

  test("languages come in the order in which they are offered", () => {
    expect(readAddress("#languages=fi-en-de").given.languages).toBe("en-de-fi");
  });
});
