using Faultbox.Cli.CommandLine;

return Entry.Run(args);
