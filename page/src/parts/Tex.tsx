import { useEffect, useState } from "preact/hooks";

/** A formula in TeX as MathML, which browsers draw and screen readers read; its plain text until that is there. */
export function Tex({ tex, plain }: { readonly tex: string; readonly plain: string }) {
  const [math, setMath] = useState("");
  useEffect(() => {
    let gone = false;
    void import("temml").then(({ default: temml }) => {
      if (!gone) setMath(temml.renderToString(tex, { displayMode: true, throwOnError: false, annotate: false }));
    });
    return () => void (gone = true);
  }, [tex]);
  if (!math) return <code class="formula">{plain}</code>;
  return <div class="formula" dangerouslySetInnerHTML={{ __html: math }} />;
}
