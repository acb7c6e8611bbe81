
// Behind API Gateway the stage stands in front of every path.
const base = location.pathname.replace(/\/api\/docs\/?$/, "");
const who = document.getElementById("who");
// In memory alone: gone with the page.
let tokens = null;

const post = async (path, body) => {
  const answer = await fetch(base + path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  return [answer.ok, await answer.json()];
};

// An access token lives ten minutes: it is renewed for as long as the page is open.
const keep = granted => {
  tokens = granted;
  who.textContent = `${granted.user.email} · ${granted.user.role}`;
  setTimeout(async () => {
    if (tokens !== granted) return;
    const [renewed, body] = await post("/api/auth/token/refresh/", { refresh: granted.refresh });
    if (tokens !== granted) return;
    if (renewed) keep(body);
    else { tokens = null; who.textContent = body.detail; }
  }, granted.expires_in * 800);
};

document.getElementById("session").addEventListener("submit", async event => {
  event.preventDefault();
  const filled = [...new FormData(event.target)].filter(([, value]) => value);
  const [granted, body] = await post("/api/auth/token/", Object.fromEntries(filled));
  if (granted) { event.target.reset(); keep(body); }
  else { tokens = null; who.textContent = body.detail; }
});

fetch(base + "/api/schema/").then(answer => answer.json()).then(content => {
  Scalar.createApiReference("#reference", {
    content,
    servers: [{ url: location.origin + base, description: "This deployment" }],
    authentication: { preferredSecurityScheme: "bearer" },
    // What is typed into its own field wins over who signed in above.
    onBeforeRequest: ({ request }) => {
      const own = request.headers.get("Authorization");
      if (tokens && (!own || own.trim() === "Bearer")) request.headers.set("Authorization", `Bearer ${tokens.access}`);
    },
    theme: "default",
    // Nothing that leaves this server: no fonts, no counting, no service of theirs.
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true, hideAddApi: true },
    mcp: { disabled: true },
  });
});
