// `npm start`: installs what is missing, serves the page on localhost, prints the address and opens it where
// there is a desktop. Further arguments go to vite: `npm start -- --port 8080`.

import { spawn } from "node:child_process";
import { setup } from "./setup.mjs";

/** Whether a browser window can be shown to whoever typed the command. */
function hasDesktop() {
  if (process.env.CI || process.env.SSH_CONNECTION) {
    return false;
  }
  const { platform, env } = process;
  return platform === "darwin" || platform === "win32" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

setup();
const open = hasDesktop() ? ["--open"] : [];
const server = spawn(process.execPath, ["node_modules/vite/bin/vite.js", ...open, ...process.argv.slice(2)], {
  stdio: "inherit",
});
server.on("exit", (code) => process.exit(code ?? 0));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => server.kill(signal));
}
