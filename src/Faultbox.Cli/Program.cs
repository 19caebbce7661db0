using Faultbox.Cli.CommandLine;
using Faultbox.Linux.Native;

if (OperatingSystem.IsLinux())
{
    StandardStreams.EnsureOpen();
}

return Entry.Run(args);
