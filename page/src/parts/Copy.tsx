import { useState } from "preact/hooks";

const SAID_MS = 1500;

/** Text to the clipboard, also where the page may not use it. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** A button that copies, and says that it did. */
export function Copy({ text, label }: { readonly text: () => string; readonly label: string }) {
  const [said, setSaid] = useState("");
  const onClick = async () => {
    setSaid((await copied(text())) ? "copied" : "not copied: the browser refuses");
    setTimeout(() => setSaid(""), SAID_MS);
  };
  return (
    <button type="button" class="action" onClick={() => void onClick()}>
      {label}
      <span class="said" role="status">
        {said}
      </span>
    </button>
  );
}
