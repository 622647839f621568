// Makes the npm packages of a release: node npm/pack.mjs VERSION PROGRAMS OUT
// PROGRAMS holds cella_OS_ARCH (with .exe on Windows) and THIRD_PARTY_LICENSES. OUT gets a
// tarball for each program and the one that people install, whose optionalDependencies
// name the others: npm takes the one for its platform and leaves out the rest.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const [version, programs, out] = process.argv.slice(2);
if (!out || !/^\d+\.\d+\.\d+(-[0-9a-z.]+)?$/.test(version)) {
  throw new Error("usage: node npm/pack.mjs VERSION PROGRAMS OUT");
}
// The package that people install has no scope, for `npx cella`; those beside it do.
const scope = "@cella-secrets";
const here = import.meta.dirname;
const common = {
  version,
  homepage: "https://github.com/cella-secrets/cella",
  repository: { type: "git", url: "git+https://github.com/cella-secrets/cella.git" },
  engines: { node: ">=18" },
  publishConfig: { access: "public" },
};
// Go's names and npm's.
const systems = { linux: "linux", darwin: "darwin", windows: "win32" };
const processors = { amd64: "x64", arm64: "arm64" };

fs.mkdirSync(out, { recursive: true });
const work = fs.mkdtempSync(path.join(os.tmpdir(), "cella-npm-"));
const optionalDependencies = {};
try {
  for (const [goos, system] of Object.entries(systems)) {
    for (const [goarch, processor] of Object.entries(processors)) {
      const suffix = goos === "windows" ? ".exe" : "";
      const program = path.join(programs, `cella_${goos}_${goarch}${suffix}`);
      // CELLA_NPM_PARTIAL is for a trial with fewer programs.
      if (process.env.CELLA_NPM_PARTIAL && !fs.existsSync(program)) continue;
      const name = `${scope}/cella-${system}-${processor}`;
      optionalDependencies[name] = version;
      pack(
        {
          name,
          description: `cella for ${system} ${processor}; install cella, not this`,
          os: [system],
          cpu: [processor],
          preferUnplugged: true,
        },
        { [`cella${suffix}`]: program, THIRD_PARTY_LICENSES: path.join(programs, "THIRD_PARTY_LICENSES") },
      );
    }
  }
  pack(
    {
      name: "cella",
      description: "Declarative GitOps for Pantheon secrets",
      bin: { cella: "cella.js" },
      optionalDependencies,
    },
    { "cella.js": path.join(here, "cella.js"), "README.md": path.join(here, "README.md") },
  );
} finally {
  fs.rmSync(work, { recursive: true });
}

function pack(description, files) {
  const folder = path.join(work, path.basename(description.name));
  fs.mkdirSync(folder);
  const licences = fs.readdirSync(path.join(here, "..")).filter((name) => name.startsWith("LICENSE"));
  for (const name of licences) files[name] = path.join(here, "..", name);
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ ...description, ...common, files: Object.keys(files) }, null, 2) + "\n");
  for (const [name, from] of Object.entries(files)) {
    fs.copyFileSync(from, path.join(folder, name));
    fs.chmodSync(path.join(folder, name), /^cella/.test(name) ? 0o755 : 0o644);
  }
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", path.resolve(out)], { cwd: folder, stdio: "inherit" });
}
