/** What was not said and was taken, and what should not be overlooked. */
interface Props {
  readonly defaults?: readonly { readonly flag: string; readonly value: string; readonly why: string }[] | undefined;
  readonly warnings?: readonly string[] | undefined;
}

export function Notes({ defaults = [], warnings = [] }: Props) {
  return (
    <section class="card notes" aria-label="Assumptions and warnings">
      {warnings.map((warning) => (
        <p key={warning} class="warning">
          <strong>Mind:</strong> {warning}
        </p>
      ))}
      {defaults.length > 0 && (
        <details>
          <summary>Taken where nothing was said ({defaults.length})</summary>
          <dl class="taken">
            {defaults.map(({ flag, value, why }) => (
              <div key={flag}>
                <dt>
                  <code>
                    {flag} {value}
                  </code>
                </dt>
                <dd>{why}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}
