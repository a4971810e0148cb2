//! Nodes share the partitions of a projection, and rebuilds move their checkpoints.

use daybook_projections::ProjectionPartition;

use crate::support::scene::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_share_the_partitions_and_take_over_from_each_other() {
    let scene = Scene::set_for_counting().await;
    let relay = scene.relay().await;
    let (first, second) = (scene.runner().await, scene.runner().await);
    for partition in ProjectionPartition::all() {
        scene.log.append_concurrently(4, 10).await;
        scene.log.kill_holders_of(&format!("projection counting {}", partition.number())).await;
        scene.log.append_concurrently(4, 10).await;
        scene.assert_read_model_equals_the_log().await;
    }
    first.stop().await;
    scene.log.append_concurrently(8, 10).await;
    scene.assert_read_model_equals_the_log().await;
    second.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_somebody_set_back_is_followed() {
    let scene = Scene::set_for_counting().await;
    let (relay, runner) = (scene.relay().await, scene.runner().await);
    scene.log.append_concurrently(8, 10).await;
    scene.assert_read_model_equals_the_log().await;
    // As a rebuild does, in one transaction.
    let reset = "BEGIN; DELETE FROM read_models.checkpoints WHERE projection = 'counting';
                 TRUNCATE read_models.counted; COMMIT";
    sqlx::raw_sql(reset).execute(&scene.log.pool).await.unwrap();
    // The next event of each partition shows the runner that its checkpoint is gone.
    scene.log.append_concurrently(40, 1).await;
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
    relay.stop().await;
}
