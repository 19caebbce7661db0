namespace Faultbox.Reporting.Host.Toolchains;

/// <summary>What built a program or runs it, as far as its file tells.</summary>
internal static class Toolchain
{
    /// <summary>A name with a version such as <c>go1.24.2</c>, <c>dotnet 10.0.1</c>, <c>rustc 1.85.0</c> or <c>python 3.12.1</c>; null when unknown.</summary>
    /// <param name="path">Absolute path of the program.</param>
    /// <param name="cancel">Ends the look.</param>
    public static string? Of(string path, CancellationToken cancel)
    {
        if (DotnetProgram.Version(path) is { } dotnet)
        {
            return dotnet;
        }

        using var file = File.OpenRead(path);
        if (Interpreter.OfScript(file) is { } script)
        {
            return Interpreter.Version(script, cancel);
        }

        if (Interpreter.IsOne(path))
        {
            return Interpreter.Version(path, cancel);
        }

        return ElfFile.TryOpen(file) is { } elf ? GoBuildInfo.Version(elf) ?? CompilerComment.Version(elf) : null;
    }
}
