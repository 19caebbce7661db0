namespace Faultbox.Spec.Registry;

/// <summary>Builtins of earlier versions: calling one says what replaced it.</summary>
internal static class RemovedNames
{
    /// <summary>Removed name and the replacement to write.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> All { get; } =
    [
        new("stdout", "observe.stdout"),
        new("stderr", "observe.stderr"),
        new("json_decoder", "decoder(\"json\")"),
        new("logfmt_decoder", "decoder(\"logfmt\")"),
        new("regex_decoder", "decoder(\"regex\", pattern=...)"),
    ];
}
