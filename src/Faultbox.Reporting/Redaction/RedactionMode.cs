namespace Faultbox.Reporting.Redaction;

/// <summary>How much is masked before anything is written.</summary>
public enum RedactionMode
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>Credentials.</summary>
    Default,

    /// <summary>Credentials, literals of SQL statements and every body.</summary>
    Strict,
}

/// <summary>Words of redaction modes, as used in <c>FAULTBOX_REDACT</c> and manifests.</summary>
public static class RedactionModes
{
    /// <summary>The word of a mode.</summary>
    public static string Word(this RedactionMode mode) => mode switch
    {
        RedactionMode.Off => "off",
        RedactionMode.Strict => "strict",
        _ => "default",
    };

    /// <summary>Reads a word; absent or empty means <see cref="RedactionMode.Default"/>.</summary>
    /// <returns>False for any other word.</returns>
    public static bool TryParse(string? word, out RedactionMode mode)
    {
        (mode, var known) = word switch
        {
            null or "" or "default" => (RedactionMode.Default, true),
            "off" => (RedactionMode.Off, true),
            "strict" => (RedactionMode.Strict, true),
            _ => (RedactionMode.Default, false),
        };
        return known;
    }
}
