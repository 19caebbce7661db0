namespace Faultbox.Core.Proxying;

/// <summary>A fault in the TLS handshake between a client and the proxy. One record per kind.</summary>
/// <param name="Name">Name in specifications and events, for example <c>expired</c>.</param>
public abstract record TlsFault(string Name);

/// <summary>What is wrong with a certificate that is right in every other respect.</summary>
public enum CertificateFlaw
{
    /// <summary>It was good until yesterday.</summary>
    Expired,

    /// <summary>It is good for another name.</summary>
    WrongName,

    /// <summary>Nobody knows the authority that issued it.</summary>
    Untrusted,
}

/// <summary>The client is shown a flawed certificate. One that does not look at it is served.</summary>
/// <param name="Flaw">What is wrong with it.</param>
public sealed record TlsFlawedCertificate(CertificateFlaw Flaw) : TlsFault(Flaw switch
{
    CertificateFlaw.Expired => "expired",
    CertificateFlaw.WrongName => "wrong_name",
    _ => "untrusted",
});

/// <summary>The client's first message is never answered; the connection is held until the window ends.</summary>
public sealed record TlsHandshakeTimeout() : TlsFault("handshake_timeout");

/// <summary>The connection ends, in order, after the client's first message.</summary>
public sealed record TlsCloseDuringHandshake() : TlsFault("close_during_handshake");

/// <summary>The client's first message is answered with an alert, and the connection ends.</summary>
/// <param name="Code">Code of the alert.</param>
public sealed record TlsAlert(byte Code) : TlsFault("alert");

/// <summary>The proxy speaks no version above a limit. A client that goes down with it is served.</summary>
/// <param name="Maximum"><c>1.0</c>, <c>1.1</c> or <c>1.2</c>.</param>
public sealed record TlsVersionLimit(string Maximum) : TlsFault("version");
