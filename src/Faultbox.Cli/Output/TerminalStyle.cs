namespace Faultbox.Cli.Output;

/// <summary>Whether and how a stream is styled.</summary>
internal sealed class TerminalStyle
{
    private readonly bool _color;

    private TerminalStyle(bool color) => _color = color;

    /// <summary>Plain text.</summary>
    public static TerminalStyle Plain { get; } = new(false);

    /// <summary>
    /// Style for standard error: colored on a terminal unless <c>NO_COLOR</c> is set or <c>TERM</c> is <c>dumb</c>; <c>FORCE_COLOR=1</c> wins.
    /// </summary>
    public static TerminalStyle ForStandardError() => For(Console.IsErrorRedirected);

    /// <summary>Style for standard output, under the same rules.</summary>
    public static TerminalStyle ForStandardOutput() => For(Console.IsOutputRedirected);

    /// <summary>True when standard error is a terminal.</summary>
    public static bool IsTerminal => !Console.IsErrorRedirected;

    public string Good(string text) => Paint("32", text);

    public string Bad(string text) => Paint("31", text);

    public string Doubtful(string text) => Paint("33", text);

    public string Dim(string text) => Paint("2", text);

    public string Strong(string text) => Paint("1", text);

    private static TerminalStyle For(bool redirected)
    {
        if (Environment.GetEnvironmentVariable("FORCE_COLOR") == "1")
        {
            return new(true);
        }

        var allowed = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not "dumb";
        return new(allowed && !redirected);
    }

    private string Paint(string code, string text) => _color && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
