namespace Faultbox.Linux.Shim;

/// <summary>The steps between asking for a service and its first instruction, as the launcher numbers them when one fails.</summary>
public enum LaunchStep
{
    /// <summary>The launcher itself could not be created.</summary>
    None = 0,

    /// <summary>Connecting to the supervisor.</summary>
    Connect = 2,

    /// <summary>Entering namespaces, mounting the private <c>/proc</c>, creating the first process.</summary>
    Isolate = 3,

    /// <summary>Giving up new privileges.</summary>
    NoNewPrivileges = 4,

    /// <summary>Installing the filter.</summary>
    InstallFilter = 5,

    /// <summary>Handing over the listener.</summary>
    SendListener = 6,

    /// <summary>Waiting for the supervisor.</summary>
    AwaitGo = 7,

    /// <summary>Executing the program.</summary>
    Execute = 8,

    /// <summary>Entering the working directory.</summary>
    WorkingDirectory = 9,

    /// <summary>Trying a port of the host.</summary>
    Reach = 10,
}
