
// Behind API Gateway every path begins with the stage.
const base = location.pathname.replace(/\/api\/docs\/?$/, "");
const who = document.getElementById("who");
// Kept in memory only, never in the browser's storage.
let tokens = null;

const post = async (path, body) => {
  const answer = await fetch(base + path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  return [answer.ok, await answer.json()];
};

// An access token expires after ten minutes: it is refreshed for as long as the page is open.
const useTokens = granted => {
  tokens = granted;
  who.textContent = `${granted.user.email} · ${granted.user.role}`;
  setTimeout(async () => {
    if (tokens !== granted) return;
    const [renewed, body] = await post("/api/auth/token/refresh/", { refresh: granted.refresh });
    if (tokens !== granted) return;
    if (renewed) useTokens(body);
    else { tokens = null; who.textContent = body.detail; }
  }, granted.expires_in * 800);
};

document.getElementById("session").addEventListener("submit", async event => {
  event.preventDefault();
  const filled = [...new FormData(event.target)].filter(([, value]) => value);
  const [granted, body] = await post("/api/auth/token/", Object.fromEntries(filled));
  if (granted) { event.target.reset(); useTokens(body); }
  else { tokens = null; who.textContent = body.detail; }
});

fetch(base + "/api/schema/").then(answer => answer.json()).then(content => {
  Scalar.createApiReference("#reference", {
    content,
    servers: [{ url: location.origin + base, description: "This deployment" }],
    authentication: { preferredSecurityScheme: "bearer" },
    // A token that is typed into the reference's own field takes precedence over the session above.
    onBeforeRequest: ({ request }) => {
      const own = request.headers.get("Authorization");
      if (tokens && (!own || own.trim() === "Bearer")) request.headers.set("Authorization", `Bearer ${tokens.access}`);
    },
    theme: "default",
    // No requests to other servers: no fonts, no telemetry, no services of Scalar.
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true, hideAddApi: true },
    mcp: { disabled: true },
  });
});
