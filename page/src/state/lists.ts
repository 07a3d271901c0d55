// Lists of the catalogue that boxes search: asked once, when a box is first shown.
import { signal } from "@preact/signals";
import { ask, Refused } from "../ask/client";
import type { Entry } from "../parts/Combo";
import type { EnginesAnswer } from "../types/engines";
import type { GpusAnswer } from "../types/gpus";
import type { ModelsAnswer } from "../types/models";
import type { WordsAnswer } from "../types/words";
import { bytes, short } from "../format/number";

export const models = signal<readonly Entry[]>([]);
export const chips = signal<readonly Entry[]>([]);
export const engines = signal<readonly string[]>([]);

/** Words that flags take, by flag; those of one command behind its name and a dot. */
export const words = signal<ReadonlyMap<string, readonly Word[]>>(new Map());

export interface Word {
  readonly word: string;
  readonly meaning: string | null;
}

/** The words of a flag, once they are known. */
export function wordsOf(flag: string): readonly string[] {
  return (words.value.get(flag) ?? []).map(({ word }) => word);
}

/** The same to choose from, below the word for none. */
export function choicesOf(flag: string, none: string): readonly (readonly [value: string, text: string])[] {
  return [["", none], ...wordsOf(flag).map((word) => [word, word.replaceAll("-", " ")] as const)];
}

let asked = false;

export async function load(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    await Promise.all([loadModels(), loadChips(), loadEngines(), loadWords()]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    asked = false;
  }
}

async function loadModels(): Promise<void> {
  const { document } = await ask<ModelsAnswer>("models", {});
  const rows = "models" in document ? document.models : [];
  models.value = rows.map((row) => ({
    value: row.id,
    title: row.name,
    detail: [row.parameters && `${short(row.parameters)} parameters`, row.format, row.context_tokens && `${short(row.context_tokens)} context`].filter(Boolean).join(", "),
    words: [row.id, row.name, row.hf_repo, row.model_type, ...row.aliases].join(" ").toLowerCase(),
  }));
}

async function loadChips(): Promise<void> {
  const { document } = await ask<GpusAnswer>("gpus", {});
  const rows = "gpus" in document ? document.gpus : [];
  chips.value = rows.map((row) => ({
    value: row.id,
    title: row.name,
    detail: `${bytes(row.memory_bytes)}, ${row.architecture}${row.year ? `, ${row.year}` : ""}`,
    words: [row.id, row.name, row.vendor, row.architecture].join(" ").toLowerCase(),
  }));
}

async function loadEngines(): Promise<void> {
  const { document } = await ask<EnginesAnswer>("engines", {});
  const rows = "engines" in document ? document.engines : [];
  const modelled = rows.filter((row) => row.modelled);
  engines.value = [...new Set(modelled.flatMap((row) => [row.id, ...row.profiles.map((version) => `${row.id}@${version}`)]))];
}

async function loadWords(): Promise<void> {
  const { document } = await ask<WordsAnswer>("words", {});
  const found = new Map<string, Word[]>();
  for (const { flag, command, word, meaning } of document.words) {
    const at = (command ? `${command}.${flag}` : flag).replaceAll("-", "_");
    found.set(at, [...(found.get(at) ?? []), { word, meaning: meaning ?? null }]);
  }
  words.value = found;
}
