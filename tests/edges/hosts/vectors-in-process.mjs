// Decides the vectors in a host that runs a script: HOST vectors-in-process.mjs FILE. Prints the decisions.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createGate } from "@postern/gate";
import { decideAll } from "./vectors.mjs";

const groups = JSON.parse(await readFile(process.argv[2], "utf8"));
console.log(JSON.stringify(await decideAll(createGate, groups)));
