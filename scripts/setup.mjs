// What both commands do first: check node, install the packages if they are missing or stale.
// Needs node alone, since it runs in a fresh clone.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root; every script runs there. */
export const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} Locked
 * @param {string} path a lock file
 * @returns {Record<string, Locked>} what it locks, by folder
 */
function packages(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

/** Whether node_modules holds just the versions that package-lock.json names. */
function isInstalled() {
  const record = "node_modules/.package-lock.json"; // npm writes it at the end of an installation
  if (!existsSync(record)) {
    return false;
  }
  const present = packages(record);
  return Object.entries(packages("package-lock.json")).every(([folder, { version, optional }]) => {
    const isRootOrForeign = folder === "" || (optional === true && present[folder] === undefined);
    return isRootOrForeign || present[folder]?.version === version;
  });
}

/** Ends the process with a sentence if node is too old to run what follows. */
function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(
      `webrnn: this is node ${process.versions.node}, it must be 20.19 or newer; install a newer node.`,
    );
    process.exit(1);
  }
}

/**
 * Runs npm: the one that runs this script, if one does.
 * @param {string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 * @returns {boolean} whether it ended with 0
 */
export function npm(args, options = {}) {
  const path = process.env.npm_execpath;
  const [command, ...before] = path ? [process.execPath, path] : ["npm"];
  const shell = path === undefined && process.platform === "win32"; // npm is a batch file there
  return spawnSync(command, [...before, ...args], { stdio: "inherit", shell, ...options }).status === 0;
}

/** Installs the packages with `npm ci` unless they are there. */
export function setup() {
  checkNode();
  if (isInstalled()) {
    return;
  }
  console.log("Installing packages (npm ci)");
  if (!npm(["ci"])) {
    console.error(
      "webrnn: npm ci failed, see its output above; the packages must install before anything runs.",
    );
    process.exit(1);
  }
}
