// Unpacks the Chromium of `@sparticuz/chromium` with the libraries and fonts that a minimal machine lacks. Arguments: the package's
// folder, and the target. The package always unpacks to the folder for temporary files, so that is set first.

import { readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [source, target] = process.argv.slice(2).map((path) => resolve(path));
process.env.TMPDIR = target;
const { inflate } = await import(pathToFileURL(resolve(source, "build/index.js")));
for (const archive of readdirSync(resolve(source, "bin"))) {
  await inflate(resolve(source, "bin", archive));
}

// The package's own configuration of fonts has other paths, and a Chromium without fonts crashes.
const configuration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;
writeFileSync(resolve(target, "fonts/fonts.conf"), configuration);
