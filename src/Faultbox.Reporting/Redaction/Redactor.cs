using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Faultbox.Reporting.Redaction;

/// <summary>
/// Masks secrets in everything that leaves the process. A secret becomes <c>‹redacted:sha8›</c> with eight hexadecimal digits that are
/// the same for the same secret throughout a run, so equality stays visible; the key of those digits is never stored.
/// </summary>
public sealed partial class Redactor
{
    private const string MarkerStart = "‹redacted:";

    /// <summary>Shorter values of secret variables are not searched for elsewhere: they would mask ordinary text.</summary>
    private const int ShortestSecret = 4;

    private readonly byte[] _key;
    private readonly List<string> _secrets = [];
    private SearchValues<string> _triggers = SearchValues.Create(Hints, StringComparison.OrdinalIgnoreCase);

    private Redactor(RedactionMode mode, byte[] key)
    {
        Mode = mode;
        _key = key;
    }

    /// <summary>A redactor for one run.</summary>
    public static Redactor ForRun(RedactionMode mode) => new(mode, RandomNumberGenerator.GetBytes(32));

    /// <summary>A redactor whose markers are the same in every process.</summary>
    internal static Redactor WithKey(RedactionMode mode, byte[] key) => new(mode, key);

    /// <summary>How much is masked.</summary>
    public RedactionMode Mode { get; }

    /// <summary>Takes note of the values of variables whose names say that they are secret; they are masked wherever they appear.</summary>
    public void AddEnvironment(IEnumerable<KeyValuePair<string, string>> variables)
    {
        foreach (var (name, value) in variables)
        {
            if (value.Length >= ShortestSecret && SecretName().IsMatch(name) && !_secrets.Contains(value))
            {
                _secrets.Add(value);
            }
        }

        _secrets.Sort((a, b) => b.Length.CompareTo(a.Length));
        _triggers = SearchValues.Create([.. Hints, .. _secrets], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Masks secrets in text.</summary>
    public string Text(string text)
    {
        if (Mode == RedactionMode.Off || !text.AsSpan().ContainsAny(_triggers))
        {
            return text;
        }

        text = PrivateKey().Replace(text, m => Marker(m.Value));
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Marker(secret), StringComparison.Ordinal);
        }

        text = Header().Replace(text, MaskValue);
        text = UrlPassword().Replace(text, MaskValue);
        text = Assignment().Replace(text, MaskValue);
        return Jwt().Replace(text, m => Marker(m.Value));
    }

    /// <summary>Masks secrets in the value of a named field.</summary>
    public string Field(string name, string value)
    {
        if (Mode == RedactionMode.Off)
        {
            return value;
        }

        if (SecretHeaders.Contains(name))
        {
            return Marker(value);
        }

        if (Mode == RedactionMode.Strict)
        {
            if (Bodies.Contains(name))
            {
                return Marker(value);
            }

            if (Statements.Contains(name))
            {
                return Text(SqlLiteral().Replace(value, m => Marker(m.Value)));
            }
        }

        return Text(value);
    }

    /// <summary>Masks secrets in bytes that are mostly text; bytes that are not valid text stay as they are.</summary>
    public byte[] Bytes(byte[] content)
    {
        if (Mode == RedactionMode.Off)
        {
            return content;
        }

        // Every byte becomes one character and back, so nothing but a masked secret changes.
        var text = Encoding.Latin1.GetString(content);
        var masked = Text(text);
        return ReferenceEquals(masked, text) ? content : Encode(masked);
    }

    private static byte[] Encode(string masked) =>
        Encoding.Latin1.GetBytes(
            masked.Replace("‹", LeftQuote, StringComparison.Ordinal).Replace("›", RightQuote, StringComparison.Ordinal));

    /// <summary>Masks private keys and nothing else; used for content that must keep working.</summary>
    public ReadOnlyMemory<byte> WithoutPrivateKeys(ReadOnlyMemory<byte> content)
    {
        if (Mode == RedactionMode.Off || content.Span.IndexOf("PRIVATE KEY-----"u8) < 0)
        {
            return content;
        }

        return Encode(PrivateKey().Replace(Encoding.Latin1.GetString(content.Span), m => Marker(m.Value)));
    }

    private string MaskValue(Match match)
    {
        var value = match.Groups["value"];
        if (value.Value.StartsWith(MarkerStart, StringComparison.Ordinal))
        {
            return match.Value;
        }

        var start = value.Index - match.Index;
        return string.Concat(match.Value.AsSpan(0, start), Marker(value.Value), match.Value.AsSpan(start + value.Length));
    }

    private string Marker(string secret) =>
        secret.StartsWith(MarkerStart, StringComparison.Ordinal)
            ? secret
            : $"{MarkerStart}{Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(secret)).AsSpan(0, 4))}›";

    private static readonly string LeftQuote = Encoding.Latin1.GetString("‹"u8);
    private static readonly string RightQuote = Encoding.Latin1.GetString("›"u8);

    /// <summary>Text without any of these cannot hold a secret that the patterns below find.</summary>
    private static readonly string[] Hints =
        ["authorization", "cookie", "x-api-key", "://", "eyJ", "PRIVATE KEY", "pass", "pwd", "secret", "token", "key", "credential"];

    private static readonly HashSet<string> SecretHeaders =
        new(["authorization", "cookie", "set-cookie", "x-api-key", "proxy-authorization"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Bodies = new(["body", "payload", "message", "value", "params"], StringComparer.Ordinal);

    private static readonly HashSet<string> Statements = new(["sql", "query", "summary"], StringComparer.Ordinal);

    [GeneratedRegex("PASS|SECRET|TOKEN|KEY|CREDENTIAL", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\\z)", RegexOptions.Singleline)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(
        """\b(?:proxy-authorization|authorization|set-cookie|cookie|x-api-key)\\?["']?\s*[:=]\s*(?:\\?"(?<value>[^"\\\r\n]+)|'(?<value>[^'\r\n]+)|(?<value>[^"'\\\s\[{][^\r\n"']*))""",
        RegexOptions.IgnoreCase)]
    private static partial Regex Header();

    [GeneratedRegex("""[a-z][a-z0-9+.-]*://[^\s:/@"']*:(?<value>[^\s/@"']+)@""", RegexOptions.IgnoreCase)]
    private static partial Regex UrlPassword();

    [GeneratedRegex(
        """\b(?:(?i:password|passwd|pwd)|[A-Z0-9_]*(?:PASS|SECRET|TOKEN|KEY|CREDENTIAL)[A-Z0-9_]*)\s*=\s*(?:"(?<value>[^"\r\n]+)"|'(?<value>[^'\r\n]+)'|(?<value>[^\s"';,&)]+))""")]
    private static partial Regex Assignment();

    [GeneratedRegex("""\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*""")]
    private static partial Regex Jwt();

    [GeneratedRegex("""'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b""")]
    private static partial Regex SqlLiteral();
}
