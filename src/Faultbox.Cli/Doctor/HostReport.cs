using System.Text.Encodings.Web;
using System.Text.Json;
using Faultbox.Cli.Output;

namespace Faultbox.Cli.Doctor;

/// <summary>The findings about a host, for people and for programs.</summary>
/// <param name="Checks">All findings.</param>
/// <param name="Requested">Tiers that must work.</param>
internal sealed record HostReport(IReadOnlyList<HostCheck> Checks, IReadOnlyCollection<string> Requested)
{
    private const int Version = 1;

    /// <summary>True when nothing that was asked for is missing.</summary>
    public bool IsUsable => !Checks.Any(c => c.Status == HostStatus.Missing && Requested.Contains(c.Tier));

    public void WriteText(TextWriter output, TerminalStyle style)
    {
        var width = Checks.Max(c => c.Name.Length);
        foreach (var check in Checks)
        {
            output.WriteLine($"{Paint(style, check.Status)}  {check.Name.PadRight(width)}  {check.Found}");
            if (check.Blocks is { } blocks)
            {
                output.WriteLine($"         blocks: {blocks}");
                output.WriteLine($"         fix: {check.Fix}");
            }
        }

        output.WriteLine();
        foreach (var tier in PrivilegeTier.All)
        {
            var missing = Missing(tier).Select(c => c.Name).ToList();
            var verdict = missing.Count == 0 ? "possible here" : $"not here: {string.Join(", ", missing)}";
            output.WriteLine($"{tier.Name} {tier.Meaning}: {verdict}");
        }
    }

    public void WriteJson(Stream output)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", Version);
            json.WriteBoolean("usable", IsUsable);
            json.WriteStartArray("checks");
            foreach (var check in Checks)
            {
                Write(json, check);
            }

            json.WriteEndArray();
            json.WriteStartArray("tiers");
            foreach (var tier in PrivilegeTier.All)
            {
                json.WriteStartObject();
                json.WriteString("tier", tier.Name);
                json.WriteString("meaning", tier.Meaning);
                json.WriteBoolean("requested", Requested.Contains(tier.Name));
                json.WriteBoolean("possible", !Missing(tier).Any());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    private IEnumerable<HostCheck> Missing(PrivilegeTier tier) => Checks.Where(c => c.Tier == tier.Name && c.Status == HostStatus.Missing);

    private static void Write(Utf8JsonWriter json, HostCheck check)
    {
        json.WriteStartObject();
        json.WriteString("name", check.Name);
        json.WriteString("tier", check.Tier);
        json.WriteString("status", Word(check.Status));
        json.WriteString("found", check.Found);
        if (check.Blocks is { } blocks)
        {
            json.WriteString("blocks", blocks);
            json.WriteString("fix", check.Fix);
        }

        json.WriteEndObject();
    }

    private static string Paint(TerminalStyle style, HostStatus status) => status switch
    {
        HostStatus.Ok => style.Good("ok     "),
        HostStatus.Limited => style.Doubtful("limited"),
        _ => style.Bad("missing"),
    };

    private static string Word(HostStatus status) => status switch
    {
        HostStatus.Ok => "ok",
        HostStatus.Limited => "limited",
        _ => "missing",
    };
}
