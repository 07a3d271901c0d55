import type { Cell, Sheet } from "../format/csv";

/** A table of plain values; numbers stand at the right. */
export function Table({ sheet, caption }: { readonly sheet: Sheet; readonly caption: string }) {
  const numeric = (at: number) => sheet.rows.some((row) => typeof row[at] === "number");
  const shown = (value: Cell) => (typeof value === "number" ? written(value) : (value ?? ""));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Table: ${caption}`}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {sheet.columns.map((column, at) => (
              <th key={column} scope="col" class={numeric(at) ? "right" : ""}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.map((row, index) => (
            <tr key={index}>
              {row.map((value, at) => (
                <td key={at} class={numeric(at) ? "right" : ""}>
                  {shown(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function written(x: number): string {
  return x.toLocaleString("en-US", Number.isInteger(x) ? {} : { maximumSignificantDigits: 5 });
}
