// Explains requests in a host that runs a script: HOST explained-in-process.mjs FILE. Prints the explanations.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { explain } from "@postern/gate/explain";
import { explainAll } from "./explained.mjs";

const document = JSON.parse(await readFile(process.argv[2], "utf8"));
console.log(JSON.stringify(await explainAll(explain, document)));
