namespace Faultbox.Runtime;

/// <summary>On whose behalf a step is made. Steps of every phase but <see cref="Body"/> are recorded but invisible to queries and checks.</summary>
public enum StepPhase
{
    /// <summary>A test body or its setup.</summary>
    Body,

    /// <summary>A seed callable.</summary>
    Seed,

    /// <summary>A reset callable.</summary>
    Reset,

    /// <summary>A readiness condition.</summary>
    Ready,
}
