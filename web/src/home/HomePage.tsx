export function HomePage() {
  return (
    <div class="page">
      <h1>meterbox</h1>
    </div>
  );
}
