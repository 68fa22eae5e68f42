export function QueryPage() {
  return <div class="page">Query</div>;
}
