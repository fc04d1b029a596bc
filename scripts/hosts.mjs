// The hosts beside the browser that the GPU tests run on: node's Dawn and deno's wgpu, whose compiler of shaders is
// another one (naga), both on lavapipe, which has float16 and other subgroups than the browser's software adapter.
// What is missing of them is fetched beside the system, and nothing is installed.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { hardware } from "./browser.mjs";
import { npm } from "./setup.mjs";

const kept = resolve(".cache/hosts");

/**
 * Runs a command and gives what it printed; throws if it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {string}
 */
function output(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.at(-1)} failed (${(stderr ?? "").trim()})`);
  return stdout;
}

/**
 * Variables with which Vulkan's drivers are lavapipe from Mesa 25 on: what VK_DRIVER_FILES names already, else
 * Debian's, fetched. Older ones stop long loops without a word. Nothing where the machine's own GPU is wanted.
 * Throws where it cannot be had.
 * @returns {Record<string, string>}
 */
export function lavapipe() {
  const named = process.env.VK_DRIVER_FILES;
  if (named !== undefined) {
    const missing = named.split(delimiter).find((path) => !existsSync(path));
    if (missing) throw new Error(`VK_DRIVER_FILES names ${missing}, which is not there`);
  }
  if (hardware || named !== undefined) return {};
  if (platform() !== "linux" || !existsSync("/etc/debian_version")) {
    throw new Error(
      "lavapipe is fetched on Debian only; name its lvp_icd.json, of Mesa 25 on, in VK_DRIVER_FILES",
    );
  }
  const folder = join(kept, "lavapipe");
  if (!existsSync(folder)) fetchLavapipe(folder);
  const libraries = readdirSync(join(folder, "usr/lib"))
    .map((name) => join(folder, "usr/lib", name))
    .find((path) => existsSync(join(path, "libvulkan_lvp.so")));
  if (!libraries) throw new Error("Debian's mesa-vulkan-drivers has no lavapipe for this machine");
  const driver = join(folder, "driver.json");
  const ICD = { library_path: join(libraries, "libvulkan_lvp.so"), api_version: "1.4.305" };
  writeFileSync(driver, JSON.stringify({ file_format_version: "1.0.0", ICD }));
  return {
    VK_DRIVER_FILES: driver,
    LD_LIBRARY_PATH: [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
    MESA_SHADER_CACHE_DIR: join(kept, "shaders"),
  };
}

/**
 * Unpacks Debian's newest Mesa for this release, a Vulkan loader and what of both this system lacks, by an apt that
 * has lists of its own: the system's stay as they are.
 * @param {string} folder
 */
function fetchLavapipe(folder) {
  console.log("Fetching lavapipe (Debian's mesa-vulkan-drivers)");
  const apt = join(kept, "apt");
  rmSync(apt, { recursive: true, force: true });
  for (const part of ["lists/partial", "archives/partial", "root"]) {
    mkdirSync(join(apt, part), { recursive: true });
  }
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const format = ["--format", "$(REPO_URI)", "Created-By: Packages", `Release: ${release}`];
  const [mirror] = output("apt-get", ["indextargets", ...format]).split("\n");
  if (!mirror) throw new Error(`apt's sources have no ${release}`);
  const key = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
  const lines = [release, `${release}-backports`].map((suite) => `deb ${key} ${mirror} ${suite} main\n`);
  writeFileSync(join(apt, "sources.list"), lines.join(""));
  const settings = {
    "Dir::Etc::sourcelist": join(apt, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(apt, "lists"),
    "Dir::Cache": apt,
    "Dir::Cache::archives": join(apt, "archives"),
    "APT::Sandbox::User": "root",
    "APT::Default-Release": `${release}-backports`,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  output("apt-get", [...options, "--quiet", "update"]);
  const only = ["--download-only", "--reinstall", "--no-install-recommends", "--yes", "--quiet"];
  output("apt-get", [...options, ...only, "install", "libvulkan1", "mesa-vulkan-drivers"]);
  for (const file of readdirSync(join(apt, "archives")).filter((name) => name.endsWith(".deb"))) {
    output("dpkg-deb", ["-x", join(apt, "archives", file), join(apt, "root")]);
  }
  renameSync(join(apt, "root"), folder);
  rmSync(apt, { recursive: true, force: true });
}

/**
 * Deno's executable, of the version that test/hosts/package.json names, installed in that folder. Throws where it
 * cannot be had.
 * @returns {string}
 */
export function deno() {
  const folder = resolve("test/hosts");
  const version = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).dependencies.deno;
  const modules = join(folder, "node_modules");
  const present = join(modules, "deno/package.json");
  if (!existsSync(present) || JSON.parse(readFileSync(present, "utf8")).version !== version) {
    console.log(`Installing deno ${version} for these tests alone`);
    if (!npm(["install", "--ignore-scripts", "--no-package-lock"], { cwd: folder })) {
      throw new Error("npm install of deno failed, see its output above");
    }
  }
  const binaries = existsSync(join(modules, "@deno")) ? readdirSync(join(modules, "@deno")) : [];
  const paths = binaries.flatMap((name) =>
    ["deno", "deno.exe"].map((file) => join(modules, "@deno", name, file)),
  );
  const path = paths.find(existsSync);
  if (!path) throw new Error("the package deno has no executable for this system");
  return path;
}
