#!/usr/bin/env node
// Runs the program in the package of this platform, which npm installed beside
// this one. Nothing is downloaded here or when packages are installed.
"use strict";

const { spawn } = require("node:child_process");
const os = require("node:os");

const { optionalDependencies } = require("./package.json");

const platform = `${process.platform}-${process.arch}`;
const name = Object.keys(optionalDependencies).find((one) => one.endsWith(`/cella-${platform}`));
const program = find();
if (program) run(program);

function find() {
  if (!name) {
    fail(
      `there is no program for ${platform}; there is one for ` +
        Object.keys(optionalDependencies).map((one) => one.replace(/^.*\/cella-/, "")).join(", "),
      "build it from source with `go install github.com/cella-secrets/cella/cmd/cella@latest`",
    );
    return undefined;
  }
  try {
    return require.resolve(`${name}/cella${process.platform === "win32" ? ".exe" : ""}`);
  } catch {
    fail(
      `the package ${name} with the program for ${platform} is not installed`,
      "install again without `--omit=optional` or `--no-optional`, on the system that it is to run on: node_modules of another one has another program",
      `a lock file that was made on another system may lack it: \`npm install ${name}@${optionalDependencies[name]} --save-optional\` adds it`,
    );
    return undefined;
  }
}

function fail(cause, ...next) {
  process.stderr.write(`cella: error: ${cause}\n${next.map((line) => `hint: ${line}\n`).join("")}`);
  process.exitCode = 1;
}

function run(program) {
  const words = process.argv.slice(2);
  // A Node that can become the program does, so signals and exit codes are its own.
  if (process.execve && process.platform !== "win32") process.execve(program, [program, ...words], process.env);
  const child = spawn(program, words, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both. A second one would have cella stop at once.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (err) => fail(`${program} does not start: ${err.message}`, "remove node_modules and install again"));
  child.on("exit", (code, signal) => {
    process.exitCode = signal ? 128 + os.constants.signals[signal] : code;
  });
}
