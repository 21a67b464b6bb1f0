// Prints the documents of a YAML file as JSON, each with the errors that its schema finds; `null` if there is no schema.
// Arguments: a node_modules folder with `yaml` and `@kubernetes-models/istio`, and the file.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, file] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(resolve(modules, path)));
const { parseAllDocuments } = (await load("yaml/dist/index.js")).default;
const istio = await load("@kubernetes-models/istio/extensions.istio.io/v1alpha1/index.js");

function problems(document) {
  if (document?.apiVersion !== "extensions.istio.io/v1alpha1") return null;
  const Model = istio[document.kind];
  if (!Model) return `no such kind: ${document.kind}`;
  try {
    new Model(document).validate();
    return "";
  } catch (error) {
    return error.message;
  }
}

const documents = parseAllDocuments(readFileSync(file, "utf8"), { strict: true, uniqueKeys: true });
for (const document of documents) if (document.errors.length) throw document.errors[0];
const values = documents.map((document) => document.toJS());
console.log(JSON.stringify(values.map((value) => ({ value, problems: problems(value) }))));
