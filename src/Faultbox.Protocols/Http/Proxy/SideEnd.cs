using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>How one direction of a conversation ended.</summary>
/// <param name="End">Why.</param>
/// <param name="IsOver">True when the other direction ends with it; false after an orderly FIN.</param>
/// <param name="Lingers">True when the client must be able to read what it was sent before the connection is closed.</param>
internal readonly record struct SideEnd(ConnectionEnd End, bool IsOver, bool Lingers = false)
{
    /// <summary>The peer ended this direction; the other one goes on.</summary>
    public static SideEnd Finished(string reason) => new(new ConnectionEnd(reason), IsOver: false);

    /// <summary>A rule ends the connection.</summary>
    public static SideEnd Dropped(bool reset) => new(new ConnectionEnd("rule_drop", reset), IsOver: true);

    /// <summary>A rule has given the last answer of the connection.</summary>
    public static SideEnd Answered => new(new ConnectionEnd("rule_drop"), IsOver: true, Lingers: true);

    /// <summary>The transport failed.</summary>
    public static SideEnd Failed => new(new ConnectionEnd("io_error", Reset: true), IsOver: true);

    /// <summary>The client speaks HTTP/2 from its first byte on.</summary>
    public static SideEnd SpeaksHttp2 => new(new ConnectionEnd("", Reset: false), IsOver: true);
}
