namespace Faultbox.Cli;

/// <summary>Exit codes shared by all commands; a verdict has codes of its own.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Success = 0;

    /// <summary>Bad usage, a specification that does not load, or a failure of the program itself.</summary>
    public const int Error = 1;
}
