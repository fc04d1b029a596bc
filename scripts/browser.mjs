// The browser that the tests drive: where it is found, how it is installed, which flags give it WebGPU.
// Needs node alone: it runs before anything is installed, and vite.config.ts and test/e2e read it too.

import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { homedir, platform } from "node:os";
import { delimiter, dirname, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/**
 * Runs a command with its output on the terminal.
 * @param {string} command
 * @param {string[]} args
 * @returns {boolean} whether it ended with 0
 */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "inherit", shell: platform() === "win32" }).status === 0;
}

/**
 * Whether a file leads to a snap, as Ubuntu's packages do: that browser sees a /tmp of its own and cannot be
 * driven.
 * @param {string} path
 */
function isSnap(path) {
  const target = realpathSync(path);
  const isScript = statSync(target).size < 100_000;
  return target.endsWith("/snap") || (isScript && readFileSync(target, "utf8").includes("/snap/bin/"));
}

/**
 * Whether a file is a browser that starts.
 * @param {string} path
 */
function starts(path) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  if (isSnap(path)) {
    return false;
  }
  if (platform() === "win32") {
    return true; // chrome.exe --version opens a window there
  }
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 30_000 });
  return status === 0 && /Chrom/.test(stdout);
}

/** Where browsers lie on this system, the most likely first. */
function candidates() {
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)));
  if (platform() === "darwin") {
    for (const root of ["/Applications", join(homedir(), "Applications")]) {
      found.push(join(root, "Google Chrome.app/Contents/MacOS/Google Chrome"));
      found.push(join(root, "Chromium.app/Contents/MacOS/Chromium"));
    }
  }
  if (platform() === "win32") {
    for (const root of ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"]) {
      const dir = process.env[root];
      if (dir) {
        found.push(join(dir, "Google/Chrome/Application/chrome.exe"));
        found.push(join(dir, "Chromium/Application/chrome.exe"));
      }
    }
  }
  return [...found, ...playwrightCandidates()];
}

/** What playwright downloaded earlier. */
function playwrightCandidates() {
  const cache = {
    darwin: join(homedir(), "Library/Caches/ms-playwright"),
    win32: join(process.env.LOCALAPPDATA ?? homedir(), "ms-playwright"),
  };
  const root =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    (platform() === "darwin" || platform() === "win32"
      ? cache[/** @type {"darwin" | "win32"} */ (platform())]
      : join(homedir(), ".cache/ms-playwright"));
  if (!existsSync(root)) {
    return [];
  }
  const inside = [
    "chrome-linux/chrome",
    "chrome-linux64/chrome",
    "chrome-win/chrome.exe",
    "chrome-win64/chrome.exe",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
  ];
  const versions = readdirSync(root).filter((name) => /^chromium-\d+$/.test(name));
  return versions
    .sort()
    .reverse()
    .flatMap((version) => inside.map((file) => join(root, version, file)));
}

/**
 * An installed Chrome or Chromium. WEBRNN_BROWSER names one and overrides the search.
 * @returns {string | undefined} its executable
 */
export function findBrowser() {
  const named = process.env.WEBRNN_BROWSER;
  if (named) {
    if (!existsSync(named)) {
      throw new Error(
        `WEBRNN_BROWSER: there is no file ${named}; name the executable of Chrome or Chromium.`,
      );
    }
    return named;
  }
  return candidates().find(starts);
}

/** Whether this is Debian and we may install packages. */
function isRootOnDebian() {
  if (platform() !== "linux" || process.getuid?.() !== 0 || !existsSync("/etc/os-release")) {
    return false;
  }
  return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

/**
 * A browser, installed if there is none: as root on Debian the distribution's chromium, else playwright's
 * own.
 * @returns {string} its executable
 */
export function installBrowser() {
  const present = findBrowser();
  if (present) {
    return present;
  }
  if (isRootOnDebian()) {
    console.log("No Chrome or Chromium: installing Debian's chromium");
    if (succeeds("apt-get", ["update"])) {
      succeeds("apt-get", ["install", "--yes", "--no-install-recommends", "chromium"]);
    }
  }
  if (!findBrowser()) {
    console.log("No Chrome or Chromium: installing playwright's own");
    const withLibraries = platform() === "linux" && process.getuid?.() === 0 ? ["--with-deps"] : [];
    succeeds(process.execPath, ["node_modules/playwright/cli.js", "install", ...withLibraries, "chromium"]);
  }
  const installed = findBrowser();
  if (!installed) {
    throw new Error(
      "npm test: no Chrome or Chromium was found and none could be installed; " +
        "install Google Chrome or Chromium, or name its executable in WEBRNN_BROWSER, and run npm test again.",
    );
  }
  return installed;
}

/** Whether the tests use the machine's own GPU (WEBRNN_GPU=hardware) and not the software adapter. */
export const hardware = process.env.WEBRNN_GPU === "hardware";

/**
 * The flags of a browser in which WebGPU works and nothing outside this machine is reached.
 * Zero-initialising workgroup memory costs the software adapter 70 ms a KiB and pipeline, so it is switched
 * off, which also shows code that relies on zeros; benches leave it on.
 * @param {{ workgroupInit?: boolean }} [options]
 * @returns {string[]}
 */
export function browserArgs({ workgroupInit = false } = {}) {
  const adapter = hardware
    ? ["--enable-features=Vulkan", "--ignore-gpu-blocklist"]
    : ["--use-webgpu-adapter=swiftshader"];
  return [
    "--no-sandbox",
    "--enable-unsafe-webgpu",
    ...adapter,
    ...(workgroupInit ? [] : ["--enable-dawn-features=disable_workgroup_init"]),
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
  ];
}

/**
 * Variables with which Dawn in node runs on the software adapter that Chrome and Chromium bring, and on their
 * Vulkan loader. Nothing where the machine's own GPU is wanted or the system has its own way (macOS,
 * Windows).
 * @returns {Record<string, string>}
 */
export function softwareVulkan() {
  const browser = findBrowser();
  if (hardware || platform() !== "linux" || browser === undefined) {
    return {};
  }
  const beside = [dirname(realpathSync(browser)), "/usr/lib/chromium", "/opt/google/chrome"];
  const folder = beside.find((path) => existsSync(join(path, "vk_swiftshader_icd.json")));
  if (folder === undefined) {
    return {};
  }
  return {
    VK_DRIVER_FILES: join(folder, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
  };
}
