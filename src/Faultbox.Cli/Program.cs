using Faultbox.Cli.CommandLine;
using Faultbox.Linux.Native;

if (OperatingSystem.IsLinux())
{
    StandardStreams.EnsureOpen();
#if !DEBUG
    RuntimeFiles.Remove();
#endif
}

return Entry.Run(args);
